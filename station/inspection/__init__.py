"""The loop from trigger to ledger row: two Qt-free loops and what they share."""
