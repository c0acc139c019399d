/** Whether an error is one that the system, or Node for it, gives under this code, such as `ENOENT`. Pure. */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
