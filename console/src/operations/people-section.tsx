import { useState } from 'react';
import { useHistoryState } from 'wouter/use-browser-location';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { readForm } from '../ui/read-form.ts';
import { Person } from './person.tsx';
import { subjectOf } from './subject-state.ts';

/** What is kept about one person: counted, exported, erased. Their id stands in no address. */
export function PeopleSection() {
  const led = subjectOf(useHistoryState<unknown>());
  const [subject, setSubject] = useState(led);
  return (
    <>
      <form
        aria-label="Choose a person"
        className="grid items-start gap-3 rounded-lg border border-line bg-surface p-4 sm:grid-cols-[minmax(0,1fr)_auto]"
        onSubmit={(event) => setSubject(readForm(event).subject)}
      >
        <Field
          label="Id of the person"
          name="subject"
          required
          maxLength={500}
          defaultValue={led}
          hint="An id, never a name: for a passenger what stands behind “passenger-” in their stream."
        />
        <Button type="submit" look="primary" className="sm:mt-6">
          See what is held
        </Button>
      </form>
      {subject !== undefined && <Person key={subject} subject={subject} />}
    </>
  );
}
