/** Any column of any stream, for digging. */
import { isStreamName, type StreamName } from '@ptp-tester/measurement';
import { columnFacts, drawableColumns, type Series, type StreamKey } from './series.ts';

export interface ColumnChooserProps {
  readonly keys: readonly StreamKey[];
  readonly chosen: Series | null;
  onChoose(series: Series | null): void;
}

export function ColumnChooser({ keys, chosen, onChoose }: ColumnChooserProps) {
  const value = chosen === null ? '' : [chosen.stream, chosen.column, chosen.key].join('|');
  const choose = (text: string) => {
    const [stream = '', column = '', key = ''] = text.split('|');
    onChoose(isStreamName(stream) ? { stream, key, column, isRelative: false } : null);
  };
  return (
    <div class="column-chooser">
      <label>
        Another column of the data{' '}
        <select value={value} onChange={({ currentTarget }) => choose(currentTarget.value)}>
          <option value="">none</option>
          {drawableColumns().flatMap(({ stream, columns }) =>
            keysOf(stream, keys).map((key) => (
              <optgroup key={`${stream} ${key}`} label={key === '' ? stream : `${stream} ${key}`}>
                {columns.map((column) => (
                  <option key={column} value={[stream, column, key].join('|')}>
                    {column}
                  </option>
                ))}
              </optgroup>
            )),
          )}
        </select>
      </label>
      {chosen === null ? null : <p class="soft small">{columnFacts(chosen.stream, chosen.column).meaning}</p>}
    </div>
  );
}

/** Streams with keys have one entry for each; they stay out while their keys are not known. */
function keysOf(stream: StreamName, keys: readonly StreamKey[]): string[] {
  if (stream !== 'chrony_source' && stream !== 'ena') return [''];
  return keys.filter((known) => known.stream === stream).map(({ key }) => key);
}
