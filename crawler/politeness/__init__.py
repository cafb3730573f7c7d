"""What stands between us and other people's servers: pace, scope and the address guard."""
