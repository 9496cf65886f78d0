import { z } from 'zod';

/** What transports have to know of a field beside its schema. */
interface FieldNote {
  /** Given by the kinds that come with Lion, to each other: nobody else can give it. */
  internal?: true;
  /** The number of an operation of the same session, which is shown by its id. */
  isOperation?: true;
  /** A text is taken for it, too. */
  alsoText?: true;
}

export const fieldNotes = z.registry<FieldNote>();
