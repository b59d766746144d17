import './workbench/bench.css';
