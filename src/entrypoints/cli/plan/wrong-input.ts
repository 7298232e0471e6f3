/** Something on the command line, or in a file that it names, that nothing can be planned with. */
export class WrongInput extends Error {
  override readonly name = "WrongInput";
}
