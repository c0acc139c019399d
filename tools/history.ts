import proto from '@temporalio/proto'

const { History } = proto.temporal.api.history.v1

/** A workflow history as text and back. The SDK's own converter does not accept its own histories in this version. */
export function formatHistory(history: proto.temporal.api.history.v1.IHistory): string {
  const message = History.fromObject(history)
  return JSON.stringify(History.toObject(message, { bytes: String, enums: String, longs: String }))
}

export function parseHistory(text: string): proto.temporal.api.history.v1.History {
  return History.fromObject(JSON.parse(text) as object)
}
