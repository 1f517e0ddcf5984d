"""The simulated count endpoints, and the protocol by which their answers are polled."""
