"""Work orders and cases as the service and the command use them."""
