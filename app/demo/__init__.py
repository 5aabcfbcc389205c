"""The demonstration lot: a company of two stores with three months of papers up to today, all of it invented.

Models of cars are real ones; everything else (people, firms, VINs, plates, telephones, IDs) is valid in form and belongs to
nobody. `lot.load` fills a new database through the same doors as staff do; nothing outside this package is read.
"""
