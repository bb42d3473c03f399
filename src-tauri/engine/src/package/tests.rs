mod building;
mod comparing;
mod documents;
mod extracting;
mod hostile;
mod random;
mod validating;
