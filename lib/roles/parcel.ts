/** Something that is ready to go out when its turn comes. */
export interface Parcel {
  /** Sends it, or drops and books it, and gives its memory back. To be called once. */
  send(): void;
}
