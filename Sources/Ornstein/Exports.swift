@_exported import OrnsteinDiffusion
@_exported import OrnsteinLearning
@_exported import OrnsteinMetrics
@_exported import OrnsteinModel
@_exported import OrnsteinNumerics
@_exported import OrnsteinReport
@_exported import OrnsteinTables
@_exported import OrnsteinTheory
