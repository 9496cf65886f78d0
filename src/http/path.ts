/** The path of an address, without what is asked of it. */
export const pathOf = (url = '/'): string => url.split(/[?#]/, 1)[0]!;
