"""What tests share: accounts, runs, catalogs and callers."""
