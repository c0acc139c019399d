const meanings: Readonly<Record<string, string>> = {
  limit: 'How many a page has at most.',
  cursor: 'Where the page begins: the `next_cursor` of the page before.',
  lang: 'In which language reasons are told.',
  project: 'Name of the project.',
  usable_by: 'Images that builds of this project may read.',
  name: 'Exact name.',
  category: 'Only of this category.',
  is_official: 'Only official images, or only others.',
  status: 'Only of this status.',
  state: 'Only in this state.',
  attempt: 'Number of the attempt; the last one when absent.',
  version: 'Number of the version; the one that the name points at when absent.',
  from: 'Number of the version that is compared from.',
  to: 'Number of the version that is compared to.',
  move: 'Number of the move.',
  kind: 'Which of the things that hang on it.',
  keep: 'How many of the newest stay.',
  days: 'Those that are younger than so many days stay.',
  grace_seconds: 'For how long it can be undone.',
  reason: 'Why, for those who read the history.',
  digest: 'Digest of the context, `sha256:…`.',
  user: 'Name of the user.',
  driver: 'Version of the driver in full, such as `580.65.06`.',
  ansi: 'Whether terminal sequences are taken out or kept.',
  q: 'The text that is looked for.',
  order: 'Whether the oldest or the newest come first.',
  detail: 'Whether each is told with its version, what is in it and where it runs.',
  seconds: 'After how long it ends; never when absent.',
  ignore_case: 'Whether upper and lower case are the same.',
  stage: 'Only lines of this stage.',
  command: 'The program and its arguments, as a JSON list; a shell when absent.',
  tty: 'Whether it is given a terminal.',
  port: 'Number of the port.',
  cols: 'How wide the terminal is, in characters.',
  rows: 'How high the terminal is, in lines.',
  follow: 'Whether to go on while it prints.',
  actor: 'Who did it: `user:alice` means all tokens of hers.',
  action: 'What was done, such as `build.submit`.',
  object: 'What it was done to.',
  since: 'From this time on, RFC 3339.',
  until: 'Before this time, RFC 3339.',
  webhook: 'Id of the webhook.',
  delivery: 'Id of the delivery.',
  file: 'Name of the file.',
  hours: 'How far back, in hours.',
  back: 'The page of the server that comes after it.',
  removed: 'Those that were taken out of the farm, instead of those that are in it.',
  force: 'Also when it runs something.',
}

const things: Readonly<Record<string, string>> = {
  images: 'the image',
  builds: 'the build',
  environments: 'the environment',
  nodes: 'the node',
  tokens: 'the token',
  sessions: 'the session',
}

/** What a parameter means, by its name; an id also by the path that it is in. Pure. */
export function describeParameter(name: string, path = ''): string {
  const thing = things[path.split('/')[2] ?? '']
  if (name === 'id' && thing !== undefined) return `Id of ${thing}.`
  if (name === 'version' && path !== '') return 'Number of the version.'
  return meanings[name] ?? `\`${name}\`.`
}
