"""Records of export files as the rows that the API's records become."""
