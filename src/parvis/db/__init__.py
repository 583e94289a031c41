"""PostgreSQL: pool, named SQL, migrations, the embedded server; and the ring that tells processes what changed."""
