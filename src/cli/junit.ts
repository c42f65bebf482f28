export { junitText as junit } from '../reports/formats/junit';
export type { TestCase as JunitCase } from '../reports/report';
