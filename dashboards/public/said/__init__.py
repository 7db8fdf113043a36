"""All that the customer's page says, a file for each language."""
