"""How a platform's dialect maps onto the contract."""
