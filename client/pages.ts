/** Which page of a list, and how long. */
export interface PageQuery {
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
}

/** The pages of a list from `first` on, each asked for when the one before is done with. */
export async function* pages<P extends { next_cursor?: string | undefined }>(
  read: (page: PageQuery) => Promise<P>,
  first: PageQuery,
): AsyncGenerator<P> {
  let cursor = first.cursor
  do {
    const page = await read({ ...first, cursor })
    yield page
    cursor = page.next_cursor
  } while (cursor !== undefined)
}
