import { z } from 'zod'

/** Hosts with or without a port, such as `git.example.org:8443, 10.1.2.3`. */
export const hostList = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim().toLowerCase())
      .filter((entry) => entry !== ''),
  )
