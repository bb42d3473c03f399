export { bytes, bytesOf, number, percent, rate, withUnit } from './numbers';
export { clockSeconds, clockTime, day, duration, moment, roughly, wholeMoment } from './times';
