"""Posts, echoes, votes, threads; who may see them; the publish gate."""
