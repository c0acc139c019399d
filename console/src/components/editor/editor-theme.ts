import { HighlightStyle } from '@codemirror/language'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

export const editorTheme = EditorView.theme({
  '&': { fontSize: '13px', color: 'var(--el-text-color-primary)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': {
    fontFamily: 'var(--kiln-mono)',
    lineHeight: '1.6',
    maxHeight: '60vh',
  },
  '.cm-content, .cm-gutter': { minHeight: '280px' },
  '.cm-content': { caretColor: 'var(--el-text-color-primary)', padding: '10px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--el-text-color-primary)' },
  '.cm-gutters': {
    border: 'none',
    background: 'var(--el-fill-color-lighter)',
    color: 'var(--el-text-color-secondary)',
  },
  '.cm-activeLine': { background: 'color-mix(in srgb, var(--kiln-accent) 6%, transparent)' },
  '.cm-activeLineGutter': { background: 'var(--el-fill-color)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': {
    background: 'color-mix(in srgb, var(--kiln-accent) 22%, transparent) !important',
  },
  '.cm-tooltip': {
    border: '1px solid var(--el-border-color)',
    borderRadius: '8px',
    background: 'var(--el-bg-color-overlay)',
    color: 'var(--el-text-color-primary)',
    overflow: 'hidden',
  },
})

export const editorColours = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--kiln-accent-text)', fontWeight: '600' },
  { tag: tags.comment, color: 'var(--el-text-color-secondary)', fontStyle: 'italic' },
  { tag: tags.string, color: 'var(--kiln-good)' },
  { tag: [tags.variableName, tags.standard(tags.variableName)], color: 'var(--kiln-busy)' },
  { tag: tags.invalid, color: 'var(--kiln-bad)' },
])
