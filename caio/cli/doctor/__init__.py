"""What `caio doctor` examines: the installation, the solver's process, the cache, and the checker itself."""
