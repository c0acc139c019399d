/** How many items each list of packages may have, whatever it was read from. */
export const maxListed = 10_000
