import type { z } from 'zod'
import type { logChunk, logLine } from './wire/log.ts'

/** One line of a build's log. */
export type LogLine = z.infer<typeof logLine>

/** Consecutive lines; `start` is the number of the first, counted from 0 within the attempt. */
export type LogChunk = z.infer<typeof logChunk>

/**
 * How much output is kept of one stream of a step, in bytes; what is over it is left out, but for its end. The daemon is
 * set to the same limit, so that it holds no more either.
 */
export const streamBytes = 64 * 1024 * 1024

/** The place after a line: what `Last-Event-ID` carries. */
export interface LogPosition {
  readonly attempt: number
  /** Lines of this attempt that are already known. */
  readonly line: number
}

export function formatPosition({ attempt, line }: LogPosition): string {
  return `${attempt}.${line}`
}

/** `undefined` when the text is no position: the reader then starts at the beginning. */
export function parsePosition(text: string | undefined): LogPosition | undefined {
  const match = /^(\d{1,9})\.(\d{1,15})$/.exec(text ?? '')
  return match ? { attempt: Number(match[1]), line: Number(match[2]) } : undefined
}
