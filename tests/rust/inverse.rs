//! The inverse, proved by running it.
