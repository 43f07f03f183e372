"""The billing service: domain, use cases, and the adapters that run them on AWS."""

import gc

# A cold start builds half a million objects that all stay. Looking for garbage among them every 2,000 finds none
# and takes 3 % of the start; nothing here makes cycles fast enough to miss it later either.
gc.set_threshold(50_000)
