export const common = {
  loading: 'Loading…',
  retry: 'Try again',
  cancel: 'Cancel',
  close: 'Close',
  save: 'Save',
  delete: 'Delete',
  undo: 'Undo',
  copy: 'Copy',
  actions: 'Actions',
  copied: 'Copied',
  search: 'Search',
  more: 'Load more',
  all: 'All',
  none: 'None',
  line: (line: number) => `line ${line}`,
  notFound: 'There is no such page',
  notFoundHelp: 'The address is wrong, or the page has gone.',
  home: 'To the images',
}

export const durations = {
  seconds: (seconds: string) => `${seconds} s`,
  minutes: (minutes: number, seconds: string) => `${minutes} min ${seconds} s`,
  hours: (hours: number, minutes: string) => `${hours} h ${minutes} min`,
}

export const errors = {
  stale: 'This is from before, as it could not be read again',
  internal: 'The console failed',
  unreachable: 'The server does not answer',
  notKiln: 'What answered is not a Kiln server that this console knows',
}
