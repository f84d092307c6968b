//! The sum of the rooms' errors: one catalogue of stable codes.
