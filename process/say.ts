/** Where a process tells what it does, a line at a time. */
export type Say = (line: string) => void
