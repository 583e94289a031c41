"""Making the model: needs the extra `train` (torch). The server never imports this."""
