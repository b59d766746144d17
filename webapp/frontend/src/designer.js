import './workbench/designer.css';
