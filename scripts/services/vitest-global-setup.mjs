/** Starts nothing yet. */
export default function setup() {}
