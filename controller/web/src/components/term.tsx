/** A word of the field with its explanation, on hover, focus and touch. */
import { useId } from 'preact/hooks';
import { TERMS, type TermName } from '../terms.ts';

export function Term({ name, children }: { readonly name: TermName; readonly children?: string }) {
  const id = useId();
  const { word, meaning } = TERMS[name];
  return (
    <span class="term">
      <button
        type="button"
        class="term-word"
        aria-describedby={id}
        onKeyDown={({ key, currentTarget }) => key === 'Escape' && currentTarget.blur()}
      >
        {children ?? word}
      </button>
      <span role="tooltip" id={id} class="term-meaning">
        {meaning}
      </span>
    </span>
  );
}
