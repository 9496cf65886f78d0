interface HeadersLike {
  get(name: string): string | null;
}

/** The key in the headers of a request. */
export function keyOf(headers: HeadersLike): string | undefined {
  const bearer = /^Bearer\s+(.+)$/i.exec(headers.get('authorization') ?? '')?.[1];
  // An empty header, as GraphiQL begins with, is none.
  return headers.get('x-api-key') || bearer || undefined;
}
