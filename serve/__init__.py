"""How people and machines reach Fetchcast: the HTTP service, its dashboard and the command that runs it."""
