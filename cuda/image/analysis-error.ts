/** The layers of an image could not be read to their end: what is wrong with them, not where they came from. */
export class AnalysisError extends Error {
  override readonly name = 'AnalysisError'
}
