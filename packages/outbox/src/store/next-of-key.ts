/** The reason of a parked message that has come to hold its key back, because the rejected one before it was removed. */
export const NEXT_OF_KEY = 'the rejected message before it was removed';
