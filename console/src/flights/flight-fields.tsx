import { Field } from '../ui/field.tsx';

interface FlightFieldsProps {
  readonly values?: {
    readonly flightNumber: string;
    readonly origin: string;
    readonly destination: string;
  };
  /** What the server said, by field. */
  readonly errors: Readonly<Record<string, string>>;
}

/** The fields that make a flight and that can be changed later. */
export function FlightFields({ values, errors }: FlightFieldsProps) {
  return (
    <>
      <Field
        label="Flight number"
        name="flightNumber"
        required
        maxLength={10}
        defaultValue={values?.flightNumber}
        error={errors.flightNumber}
      />
      <Field
        label="Origin"
        name="origin"
        required
        maxLength={80}
        defaultValue={values?.origin}
        error={errors.origin}
      />
      <Field
        label="Destination"
        name="destination"
        required
        maxLength={80}
        defaultValue={values?.destination}
        error={errors.destination}
      />
    </>
  );
}
