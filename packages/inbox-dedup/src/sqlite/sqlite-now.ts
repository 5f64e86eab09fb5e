/** The database's time in milliseconds since the Unix epoch. One statement sees one time. */
export const NOW = "cast(unixepoch('subsec') * 1000 as integer)";
