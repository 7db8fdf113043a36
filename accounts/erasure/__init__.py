"""Getting rid: a contact or an account is erased everywhere, and does not come back by itself."""
