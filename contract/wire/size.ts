import { z } from 'zod'
import { parseBytes } from '../bytes.ts'

/** A size such as `64GiB`, in bytes once it is read. */
export const size = z
  .string()
  .transform(parseBytes)
  .refine((bytes) => bytes !== undefined, 'expected a size such as 64GiB')
