import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'

export interface OpenTerminal {
  close(): void
}

/** How it ended. */
export interface TerminalEnd {
  readonly wasOpen: boolean
  readonly code: number | null
  /** Whether its user may not use it any more. */
  readonly isShutOut: boolean
}

/** The code with which it is closed then. */
const shutOut = 1008

interface Options {
  /** Where the program is started, in a terminal of this size. */
  readonly addressOf: (size: { readonly cols: string; readonly rows: string }) => URL
  /** What it is, for who hears it. */
  readonly label: string
  readonly onOpen: () => void
  /** `code` is `null` when nobody saw the program end. */
  readonly onEnd: (end: TerminalEnd) => void
}

/** Starts a program whose terminal is the element: bytes both ways, and its size whenever that changes. */
export function openTerminal(element: HTMLElement, options: Options): OpenTerminal {
  const terminal = new Terminal({
    cursorBlink: true,
    fontFamily: 'ui-monospace, Menlo, Consolas, "Noto Sans Mono", monospace',
    fontSize: 13,
    screenReaderMode: true,
    theme: { background: '#0a0e13', foreground: '#d7dee8' },
  })
  const fit = new FitAddon()
  terminal.loadAddon(fit)
  element.replaceChildren()
  terminal.open(element)
  terminal.textarea?.setAttribute('aria-label', options.label)
  fit.fit()
  const { cols, rows } = terminal
  const socket = new WebSocket(options.addressOf({ cols: String(cols), rows: String(rows) }))
  socket.binaryType = 'arraybuffer'
  let wasOpen = false
  let code: number | null = null
  const say = (message: string | Uint8Array<ArrayBuffer>) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(message)
  }
  socket.addEventListener('open', () => {
    wasOpen = true
    options.onOpen()
    terminal.focus()
  })
  socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (data instanceof ArrayBuffer) terminal.write(new Uint8Array(data))
    else if (typeof data === 'string') code = readEnd(data)
  })
  socket.addEventListener('close', (event) => {
    terminal.options.disableStdin = true
    terminal.options.cursorBlink = false
    options.onEnd({ wasOpen, code, isShutOut: event.code === shutOut })
  })
  const bytes = new TextEncoder()
  terminal.onData((text) => say(bytes.encode(text)))
  terminal.onBinary((text) => say(Uint8Array.from(text, (one) => one.codePointAt(0) ?? 0)))
  terminal.onResize((size) => say(JSON.stringify({ resize: { cols: size.cols, rows: size.rows } })))
  const resized = new ResizeObserver(() => {
    if (element.clientWidth > 0) fit.fit()
  })
  resized.observe(element)
  return {
    close: () => {
      resized.disconnect()
      socket.close()
      terminal.dispose()
    },
  }
}

function readEnd(text: string): number | null {
  const said: unknown = JSON.parse(text)
  const isEnd = typeof said === 'object' && said !== null && 'exit_code' in said
  return isEnd && typeof said.exit_code === 'number' ? said.exit_code : null
}
