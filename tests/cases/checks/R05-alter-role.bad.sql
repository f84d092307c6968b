-- expect: session-setting, not-allowed
ALTER ROLE deploy SET standard_conforming_strings = off;
