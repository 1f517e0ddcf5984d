"""Export files of an account, as CleverTap writes them into a customer's bucket."""
