import './workbench/compare.css';
