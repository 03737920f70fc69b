"""What the arrays mean on a face."""
