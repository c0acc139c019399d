/** Environment variables as a child process gets them. */
export type Environment = Readonly<Record<string, string | undefined>>
