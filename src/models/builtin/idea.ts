/** An idea, with the lens that it was found through. */
export interface Idea {
  lens: string;
  title: string;
  description: string;
  rationale: string;
}
