# R's package_version: a pair a line in, its order out (`!` where one is no version).
for (line in readLines(file("stdin"))) {
  pair <- strsplit(line, "\t", fixed = TRUE)[[1]]
  order <- tryCatch(utils::compareVersion(as.character(numeric_version(pair[1])), as.character(numeric_version(pair[2]))),
                    error = function(e) NA)
  cat(if (is.na(order)) "!" else order, "\n", sep = "")
}
