"""Members' log-in, apps, tokens, sessions, second factors, sign-up."""
