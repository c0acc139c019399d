import type { ColumnType, JSONColumnType } from 'kysely'

export type Time = ColumnType<Date, Date | string | undefined, Date | string>
export type OptionalTime = ColumnType<Date | null, Date | null | undefined, Date | null>
export type Json<T> = JSONColumnType<T & object>
export type OptionalText<T extends string> = ColumnType<T | null, T | null | undefined, T | null>
export type OptionalJson<T> = ColumnType<T | null, string | null | undefined, string | null>
