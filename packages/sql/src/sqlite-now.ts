/** SQL for the database's time in milliseconds since the Unix epoch, on SQLite. One statement sees one time. */
export const SQLITE_NOW = "cast(unixepoch('subsec') * 1000 as integer)";
